//! Probe.
use proptest::prelude::*;
use terabin_core::axis::{Axis, Circular};
use terabin_core::batch::Column;
fn ix(a:&Axis,v:&[f64])->Vec<i32>{let mut o=vec![0;v.len()];a.index(Column::F64(v),&mut vec![],&mut o);o}
#[test]
fn probe(){
  let pi=std::f64::consts::PI;
  for (lo,hi,b) in [(-pi,pi,36u64),(0.0,2.0*pi,36),(-0.1,0.9,10),(0.1,1.1,10),(-180.0,180.0,36),(0.0,24.0,24),(-0.5,0.5,7)] {
    let a=Axis::Circular(Circular::new(b,lo,hi).unwrap());
    let p=hi-lo; let mut n=0; let mut bad=0; let mut first=None;
    let e=a.edges().unwrap();
    for k in 1..50i32 { for &edge in &e[..e.len()-1] { for d in -3..=3i64 {
      let x=f64::from_bits((edge.to_bits() as i64 + d) as u64);
      if !(x>=lo && x<hi) {continue}
      for s in [1.0,-1.0]{
      let t=f64::from(k)*s*p; let y=x+t;
      // exact?
      if (t.abs()/p)!=f64::from(k) || y-t!=x || y-x!=t {continue}
      // k*p exact check by fma
      if f64::mul_add(f64::from(k)*s,p,-t)!=0.0 {continue}
      // two-sum error
      let bb=y-x; let err=(x-(y-bb))+(t-bb); if err!=0.0 {continue}
      n+=1; let g=ix(&a,&[x,y]); if g[0]!=g[1]{bad+=1; first.get_or_insert((x,y,g));}
    }}}}
    println!("{lo} {hi} {b}: {bad}/{n} {first:?}");
  }
  let a=Axis::Circular(Circular::new(2,-8.9e307,8.9e307).unwrap());
  println!("{:?}",ix(&a,&[1.797e308, 1.797e308-1.78e308]));
}
