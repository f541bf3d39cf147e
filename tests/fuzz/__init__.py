"""Fuzzers: real input bent at random; FUZZ_EXAMPLES asks for so many other examples of each."""
