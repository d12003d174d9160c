#include "config/parser.hpp"
