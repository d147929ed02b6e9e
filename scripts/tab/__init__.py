"""An engine in the reader's browser tab: an emulated machine, restored where it was left."""
