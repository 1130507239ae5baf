# The network's kernels: fused inverted residual blocks, convolutions and the small operations between them.
set(NETWORK_FAST conv2d depthwise elementwise face_epilogue inverted_residual matrix_tile max_pool scaled_rows upsample_bilinear)
list(TRANSFORM NETWORK_FAST REPLACE "(.+)" "network/\\1.cpp")
list(APPEND KERNEL_SOURCES ${NETWORK_FAST} network/inverted_residual_plan.cpp network/packing.cpp)
foreach(truth conv2d elementwise inverted_residual rounding scaled_rows)
  list(APPEND KERNEL_REFERENCES network/${truth}_reference.cpp)
endforeach()
foreach(tested conv2d elementwise inverted_residual scaled_rows)
  list(APPEND KERNEL_TESTS network/${tested}_test.cpp)
endforeach()
list(APPEND KERNEL_BENCHES network/network_bench.cpp)
# Register tiles are loops of constant length, which must be unrolled whole.
# Sanitizers' and counters' builds are not fast anyway, and GCC takes a quarter of an hour over the tiles with both.
if(NOT FRAMEGEN_SANITIZE AND NOT FRAMEGEN_COUNTED)
  set_source_files_properties(${NETWORK_FAST} PROPERTIES COMPILE_OPTIONS -O3)
endif()
# GCC 12 breaks off over them with counters at -O1 (internal compiler error, "during GIMPLE pass: esra").
if(FRAMEGEN_COUNTED)
  set_source_files_properties(network/matrix_tile.cpp PROPERTIES COMPILE_OPTIONS -fno-tree-sra)
endif()
