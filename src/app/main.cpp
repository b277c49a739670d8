#include "davit/app/program.hpp"

int main(int argc, char** argv) {
    return davit::app::run(argc, argv);
}
