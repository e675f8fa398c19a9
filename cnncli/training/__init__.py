"""Training: from a spec and its recipe to a run that can be trusted.

prepare (all that can be refused before Keras is woken) -> run (machine, engine, loop, keeper) -> conclude (result, model, pictures).
Chance is a pure function of the seed and the place in the run (plan), so a run that was killed goes on bit by bit as if it had not been.
One engine for each backend; nothing else knows which one is at work.
"""
