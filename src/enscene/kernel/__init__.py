"""What every part stands on: errors, money, ids, time, working days, expressions."""
