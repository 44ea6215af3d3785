"""Collectors ask devices and say what they told; they judge nothing and change nothing."""
