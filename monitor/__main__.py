"""`python -m monitor` is `budget-monitor`; as the first process of a container it can be stopped from the start."""

from monitor.pid1 import end_by_sigterm

end_by_sigterm()

from monitor.cli import main  # noqa: E402 - loading it takes most of a second

main()
