"""Partners: how they come in, try, prove themselves, go live, are watched, and leave."""
