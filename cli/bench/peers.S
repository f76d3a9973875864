/* The Python program that runs the peers of `fovea bench`. */
.section .rodata
.global fovea_bench_peers
.global fovea_bench_peers_end
fovea_bench_peers:
.incbin "peers.py"
fovea_bench_peers_end:
.section .note.GNU-stack,"",@progbits
