"""The pages, one module each: `routes(console)` gives a page's routes."""
