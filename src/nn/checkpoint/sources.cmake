# PyTorch's checkpoints: containers, the pickle subset of state dicts, tensors by name.
list(APPEND NN_SOURCES checkpoint/checkpoint.cpp checkpoint/containers.cpp checkpoint/pickle.cpp
  checkpoint/pickle_calls.cpp checkpoint/sandboxed_checkpoint.cpp checkpoint/zip_archive.cpp)
list(APPEND NN_TESTS checkpoint/checkpoint_test.cpp checkpoint/hostile_test.cpp checkpoint/pickle_test.cpp
  checkpoint/zip_archive_test.cpp)
