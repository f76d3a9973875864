int absent(void);
int absent(void) {
  return 1;
}
