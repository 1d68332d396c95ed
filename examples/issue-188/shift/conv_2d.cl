#include "../conv_2d.cl"
