"""Computing as with pencil and paper: the numbers themselves, exact while they are whole, with every step to be seen.

number, variable, array     what is computed with: exact numbers, numbers that remember where they come from, shapes
rules                       what each kind of layer computes (linear, pooling, curves, norms, moves), written once each
trace, loss, supply         a whole network on given numbers, and its gradients
slide, kernels              one kernel or pooling window over a matrix
reading, image, draw        matrices in and out
"""
