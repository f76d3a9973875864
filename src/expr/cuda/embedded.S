/* The text that generated kernels begin with. */
.section .rodata
.global fovea_kernel_types
.global fovea_kernel_types_end
fovea_kernel_types:
.incbin "types.cuh"
.incbin "convert.cuh"
fovea_kernel_types_end:
.global fovea_kernel_functions
.global fovea_kernel_functions_end
fovea_kernel_functions:
.incbin "arithmetic.cuh"
.incbin "logic.cuh"
fovea_kernel_functions_end:
.global fovea_kernel_complex
.global fovea_kernel_complex_end
fovea_kernel_complex:
.incbin "complex.cuh"
fovea_kernel_complex_end:
.global fovea_kernel_fold
.global fovea_kernel_fold_end
fovea_kernel_fold:
.incbin "fold.cuh"
fovea_kernel_fold_end:
.section .note.GNU-stack,"",@progbits
