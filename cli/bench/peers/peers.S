/* The Python program that runs the peers of `fovea bench`, its parts one after the other, and those that it starts. */
.section .rodata
.global fovea_bench_peers
.global fovea_bench_peers_end
fovea_bench_peers:
.incbin "arrays.py"
.incbin "pictures.py"
.incbin "networks.py"
.incbin "endtoend.py"
.incbin "talk.py"
fovea_bench_peers_end:

.macro script name
.global fovea_peer_\name
.global fovea_peer_\name\()_end
fovea_peer_\name:
.incbin "\name\().py"
fovea_peer_\name\()_end:
.endm
script measure
script dataloader
script opencv_ort
.section .note.GNU-stack,"",@progbits
