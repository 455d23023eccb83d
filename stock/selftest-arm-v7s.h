/* SPDX-License-Identifier: GPL-2.0-only */
/* What the v7s self-test refers to. */
#include "selftest.h"

#define CONFIG_IOMMU_IO_PGTABLE_ARMV7S_SELFTEST 1
