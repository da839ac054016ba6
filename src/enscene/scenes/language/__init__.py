"""The scene language: packs read, checked and proved."""
