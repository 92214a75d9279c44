#include "textflag.h"

// func mulAVX(dst, x, y *float64, quads int)
TEXT ·mulAVX(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), R8
	MOVQ quads+24(FP), CX

quad:
	VMOVUPD (SI), Y0
	VMULPD (R8), Y0, Y0
	VMOVUPD Y0, (DI)
	ADDQ $32, SI
	ADDQ $32, R8
	ADDQ $32, DI
	DECQ CX
	JNZ quad
	VZEROUPPER
	RET
