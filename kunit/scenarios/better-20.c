// SPDX-License-Identifier: GPL-2.0-only
#define BETTER_PRIORITY 20
#include "better.h"
