"""A fuzzer for everything that cnncli reads: specs, expressions, options, models, homework, runs.

    python tests/fuzz --count 1000000 --seed 1

Each case is a command line with its files, made from a grammar or by mutating whole files. It must
end with one of the documented exit codes, without a traceback, within two seconds of processor
time, without growing by more than 300 MB, and print no control characters. What does not is
written to `tests/fuzz/findings/`, where `tests/test_fuzz.py` runs it again ever after.
"""
