"""What the page shows: how it stands for everybody who may read it, and persons for whoever may see those."""
