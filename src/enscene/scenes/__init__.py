"""Scenes: the language of packs, its compiler and runtime, rehearsal."""
