"""Speed, as ratios within one run: `./enscene bench ledger|scene|api|close|quote|gateway|webhooks|metering`."""
