/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes and frees tables under test, with a driver that records requests for TLB invalidations.
 */
#ifndef __IO_PGTABLE_CONFORMANCE_FIXTURE_H
#define __IO_PGTABLE_CONFORMANCE_FIXTURE_H

#include "recorder.h"

struct conf_fixture *conf_fixture_alloc(struct kunit *test,
					const struct conf_shape *shape);
int conf_fixture_make(struct conf_fixture *f);
struct conf_fixture *conf_fixture(struct kunit *test, const struct conf_shape *shape);
void conf_fixture_free(struct conf_fixture *f);

/* The TLB */
void conf_hear_ranges(struct conf_fixture *f);
void conf_hear_no_walks(struct conf_fixture *f);
void conf_forget(struct conf_fixture *f);
bool conf_flushed(struct conf_fixture *f, u64 iova, u64 size);
bool conf_walk_flushed(struct conf_fixture *f, u64 iova, u64 size);

/* Operations. The first three only call the function of the format. */
int conf_map_pages(struct conf_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
		   int prot, gfp_t gfp, size_t *mapped);
size_t conf_unmap_pages(struct conf_fixture *f, u64 iova, u64 size, size_t count,
			struct iommu_iotlb_gather *gather);
u64 conf_iova_to_phys(struct conf_fixture *f, u64 iova);
int conf_map(struct conf_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
	     int prot, size_t *mapped);
size_t conf_unmap(struct conf_fixture *f, u64 iova, u64 size, size_t count);
void conf_map_ok(struct conf_fixture *f, u64 iova, u64 pa, u64 size, size_t count,
		 int prot);
void conf_unmap_ok(struct conf_fixture *f, u64 iova, u64 size, size_t count);
void conf_unmap_rest(struct conf_fixture *f, u64 iova, u64 bytes, u64 hole, u64 size,
		     size_t count);

#endif /* __IO_PGTABLE_CONFORMANCE_FIXTURE_H */
