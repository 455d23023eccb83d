/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Checks of what debugfs shows of a table under test
 */
#ifndef __IO_PGTABLE_CONFORMANCE_DUMP_H
#define __IO_PGTABLE_CONFORMANCE_DUMP_H

#include "expect.h"

/**
 * struct conf_range - a line of "map"
 * @first: first input address
 * @last: last input address
 * @pa: output address of @first
 * @leaf: size of each leaf in bytes
 * @words: permissions, memory type and attributes, as printed
 */
struct conf_range {
	u64 first;
	u64 last;
	u64 pa;
	u64 leaf;
	char words[96];
};

const char *conf_memory_word(u8 attributes);
bool conf_can_dump(const struct conf_fixture *f);
int conf_dump_ranges(struct conf_fixture *f, bool (*visit)(struct conf_fixture *f,
							   const struct conf_range *range,
							   void *data), void *data);
void conf_expect_dump(struct conf_fixture *f);

#endif /* __IO_PGTABLE_CONFORMANCE_DUMP_H */
