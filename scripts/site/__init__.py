"""The site: pages that pull sessions, files and verdicts from examples/ and from the report."""
