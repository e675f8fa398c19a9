"""Network -> what other programs read: Keras and PyTorch code, a .keras file, ONNX, Graphviz and Mermaid graphs."""
