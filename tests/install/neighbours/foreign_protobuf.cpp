// foreign_protobuf.cpp AVATAR: framegen in a program whose own protobuf is another one, and fatal to touch.
#include "speak.hpp"

int main(int, char** argv) { return speaks(argv[1]) ? 0 : 1; }
