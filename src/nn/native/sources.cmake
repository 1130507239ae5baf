# Networks on our own kernels: compiled once, run in planned memory.
list(APPEND NN_SOURCES native/compile.cpp native/compile_conv.cpp native/executor.cpp native/native_network.cpp
  native/plan_arena.cpp native/split_network.cpp native/steps_conv.cpp native/steps_simple.cpp native/team.cpp)
list(APPEND NN_TESTS native/compile_test.cpp native/plan_arena_test.cpp native/steady_state_test.cpp
  native/team_test.cpp)
list(APPEND NN_BENCHES native/native_bench.cpp)
