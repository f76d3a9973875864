/* Files of models/ carried inside the library. */
.section .rodata
.balign 64
.global fovea_embedded_mini
.global fovea_embedded_mini_end
fovea_embedded_mini:
.incbin "mini.safetensors"
fovea_embedded_mini_end:
.global fovea_embedded_imagenet_labels
.global fovea_embedded_imagenet_labels_end
fovea_embedded_imagenet_labels:
.incbin "imagenet_labels.txt"
fovea_embedded_imagenet_labels_end:
.section .note.GNU-stack,"",@progbits
