"""Who moves the pixels: Adam, three kinds of L-BFGS, their learning rate, and the result."""
