"""`python -m monitor.cli`: the command without its script on the path."""

from monitor.cli import main

main()
