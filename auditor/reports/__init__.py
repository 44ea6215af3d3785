"""Reports tell what an audit concluded; they ask nothing, parse nothing and decide nothing."""
