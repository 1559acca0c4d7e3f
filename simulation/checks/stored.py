"""What was decided is what the database holds."""

from simulation.case import Case, Verdict, Violation


def nothing_lost(case: Case) -> Verdict:
    """As many events are in the database as were decided, however often the daemon was cut short."""
    verdict = Verdict("events kept in the database")
    journal = case.journal
    if journal.stored is None:
        return verdict
    verdict.judged = len(journal.told)
    if journal.stored != len(journal.told):
        said = f"{len(journal.told)} events were decided"
        true = f"{journal.stored} are in the database"
        verdict.add(Violation(seed=case.seed, customer="", at=journal.ended, said=said, true=true))
    return verdict
