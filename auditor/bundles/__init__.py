"""Bundles: one audit in one file, to be judged again anywhere without a network."""
