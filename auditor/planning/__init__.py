"""From findings to ordered, dated actions: what cures a finding, when, at what cost, and what was decided."""
