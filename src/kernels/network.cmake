# The network's kernels: fused inverted residual blocks, convolutions and the small operations between them.
list(APPEND KERNEL_SOURCES network_simple.cpp inverted_residual_reference.cpp conv2d_reference.cpp elementwise_reference.cpp)
list(APPEND KERNEL_REFERENCES inverted_residual_reference.cpp conv2d_reference.cpp elementwise_reference.cpp)
list(APPEND KERNEL_TESTS)
list(APPEND KERNEL_BENCHES)
