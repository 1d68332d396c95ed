#include "../depthwise_conv_2d.cl"
