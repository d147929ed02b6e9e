"""Examples that are typed in front of a real Docker Engine, and the site that shows them."""
