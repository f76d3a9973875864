/* The kernel of the self-check: text that ends in a zero, as cuModuleLoadDataEx takes it. */
.section .rodata
.global fovea_canary_kernel
fovea_canary_kernel:
.incbin "canary.ptx"
.byte 0
.section .note.GNU-stack,"",@progbits
