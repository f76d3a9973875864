/* The Python program that prepares pictures for `fovea parity --peers`. */
.section .rodata
.global fovea_parity_peers
.global fovea_parity_peers_end
fovea_parity_peers:
.incbin "peers.py"
fovea_parity_peers_end:
.section .note.GNU-stack,"",@progbits
