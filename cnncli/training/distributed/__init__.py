"""Several devices, on one machine or on several, that train one network together: each batch is shared out among them.

Every process goes through the same run (the same plan, the same decisions); only the first one, the chief, writes and speaks.
What travels is the engine's business: tf.distribute, jax.distributed or torch.distributed. Nothing here opens a connection of its own
to train over.

    cluster      who takes part: from --distributed and --rank, or from what the engines' own launchers put in the environment
    team         what those who take part can do together; one class for each backend
"""
