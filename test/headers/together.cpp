// Links every public header's objects, each there twice, into one program.
int main() {
  return 0;
}
