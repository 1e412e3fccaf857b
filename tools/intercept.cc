#include "src/app/intercept/main.h"

int main(int argc, char** argv) { return tcpcopy::InterceptMain(argc, argv); }
