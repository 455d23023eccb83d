/* SPDX-License-Identifier: GPL-2.0-only */
/* Declarations for the suites of Apple DART */
#ifndef __APPLE_DART_CLAIMS_H
#define __APPLE_DART_CLAIMS_H

#include "oracle.h"
#include "../conformance/conformance.h"

extern const struct conf_judge dart_judge;

static inline struct dart_regs *dart_regs(struct conf_fixture *f)
{
	return f->regs;
}

#endif /* __APPLE_DART_CLAIMS_H */
