#include "src/app/main.h"

int main(int argc, char** argv) { return tcpcopy::Main(argc, argv); }
