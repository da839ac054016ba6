"""Run the command line: `python -m enscene.cli`."""

from enscene.cli import main

raise SystemExit(main())
