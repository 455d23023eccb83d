// SPDX-License-Identifier: GPL-2.0-only
/* SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators) */
#include "fuzz.h"

uint64_t random_u64(struct random *r)
{
	uint64_t z;

	r->state += 0x9e3779b97f4a7c15ULL;
	z = r->state;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

uint64_t random_below(struct random *r, uint64_t limit)
{
	return random_u64(r) % limit;
}

bool random_percent(struct random *r, unsigned int percent)
{
	return random_below(r, 100) < percent;
}

/* Each device has its own sequence in each round. */
void random_seed(struct random *r, uint64_t seed, uint64_t round, uint64_t stream)
{
	r->state = seed;
	r->state = random_u64(r) + round;
	r->state = random_u64(r) + stream;
}
