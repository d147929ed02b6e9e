"""A lab: a brand-new Docker Engine of its own for one example, gone without a trace afterwards."""
