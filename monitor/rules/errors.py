"""What is wrong with an expression, and where."""


class ExpressionError(ValueError):
    """An expression cannot be loaded.

    Attributes:
        message: What is wrong and what to do about it.
        column: Where the mistake begins: characters from the start of the expression, the first is 0.
        length: How many characters the mistake covers; 0 where something is missing.
        hint: A question with the nearest correct text, "did you mean 'period_budget'?"; or None.
    """

    def __init__(self, message: str, column: int, length: int, hint: str | None = None) -> None:
        super().__init__(message, column, length, hint)
        self.message = message
        self.column = column
        self.length = length
        self.hint = hint

    def __str__(self) -> str:
        """The column as people count it, from 1."""
        told = f"column {self.column + 1}: {self.message}"
        return f"{told}; {self.hint}" if self.hint else told
