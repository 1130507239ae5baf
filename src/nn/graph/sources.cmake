# A network as a graph: read, rewritten, described. The interpreter is the tests' truth and is not shipped.
list(APPEND NN_SOURCES graph/cut.cpp graph/describe.cpp graph/evaluate.cpp graph/fold_batch_norm.cpp graph/fold_constants.cpp
  graph/fuse_activations.cpp graph/fuse_blocks.cpp graph/graph.cpp graph/load.cpp graph/load_node.cpp graph/load_tensor.cpp graph/macs.cpp graph/parts.cpp
  graph/passes.cpp graph/remove_dead.cpp graph/remove_identities.cpp graph/shapes.cpp graph/split_pointwise.cpp graph/to_onnx.cpp
  graph/types.cpp)
list(APPEND NN_TESTS graph/cut_test.cpp graph/describe_test.cpp graph/evaluate_test.cpp graph/fuse_blocks_test.cpp graph/interpreter.cpp graph/load_test.cpp
  graph/parts_test.cpp graph/passes_test.cpp graph/pytorch_export_test.cpp graph/shapes_test.cpp graph/split_pointwise_test.cpp)
