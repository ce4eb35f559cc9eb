/* Kernels that BLIS does not have are written once, with the vectors of vector.h, in kernel_*.c
 * files that are compiled once for each instruction set: ISA is then base, avx2 or avx512. Each
 * file exports one table of functions; whoever calls them asks for the machine's best. */
#ifndef CNNC_ISA_H
#define CNNC_ISA_H

#define ISA_JOIN_(name, isa) name##_##isa
#define ISA_JOIN(name, isa) ISA_JOIN_(name, isa)
/* In a kernel file: the name of its table, "gemm_kernels_avx2". */
#define ISA_NAME(name) ISA_JOIN(name, ISA)

enum isa { ISA_BASE, ISA_AVX2, ISA_AVX512 };

/* The best that this machine runs and this build holds. */
enum isa isa_get(void);

#ifdef __x86_64__
#define ISA_DECLARE(type, name) extern const type name##_base, name##_avx2, name##_avx512
#define ISA_BEST(name)                                                                             \
    (isa_get() == ISA_AVX512 ? &name##_avx512 : isa_get() == ISA_AVX2 ? &name##_avx2 : &name##_base)
#else
#define ISA_DECLARE(type, name) extern const type name##_base
#define ISA_BEST(name) (&name##_base)
#endif

#endif
