"""`python -m monitor` is `budget-monitor`."""

from monitor.cli import main

main()
